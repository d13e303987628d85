"""Every sentence, label, number and date in a language."""
