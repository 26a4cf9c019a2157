"""One module per source, named like its YAML: its column names, signs and quirks end there."""
