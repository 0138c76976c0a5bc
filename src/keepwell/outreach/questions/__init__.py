"""Questions of customers that are followed to a satisfactory answer, and feedback passed to departments."""
