"""What outreach did: the customers whom it may reach beside those who are kept aside."""
