"""Controls: who of a journey or a mailing gets nothing of its marketing, by lot, to compare with."""
