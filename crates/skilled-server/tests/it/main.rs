//! The interface over real connections.
