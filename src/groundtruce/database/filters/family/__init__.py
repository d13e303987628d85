"""The families of filters, a class in a module each; `filters/registry` lists every filter of them."""
