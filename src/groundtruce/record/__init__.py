"""The record: an append-only transparency log for each delegation, audited and cosigned by the others."""
