"""The addresses of each part of the web app."""
