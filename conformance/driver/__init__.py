"""Starts the server, runs the clients, and tells what they found."""
