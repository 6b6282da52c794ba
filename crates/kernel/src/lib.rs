//! The trust boundary of Carcosa: time, randomness, and (being assembled) access, transactions and the log.

pub mod clock;
pub mod random;
