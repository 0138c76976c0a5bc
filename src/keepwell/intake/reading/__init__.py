"""Files of every format, as chunks of text columns with exact line numbers."""
