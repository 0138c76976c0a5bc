"""Pure rules of content: no database, no framework, no clock."""
