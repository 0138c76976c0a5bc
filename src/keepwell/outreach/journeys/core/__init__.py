"""Pure rules of journeys: no database, no framework, no clock."""
