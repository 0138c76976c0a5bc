"""Events for others, by the Standard Webhooks convention."""
