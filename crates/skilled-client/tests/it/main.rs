//! The client against a server that plays its part.
