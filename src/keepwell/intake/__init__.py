"""Files into facts: reading, matching, checking, quarantine."""
