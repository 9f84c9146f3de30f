//! The facade from outside.

mod archive;
mod damage;
mod disk;
mod hostile;
mod properties;
