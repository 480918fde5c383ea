//! Those who answer what people say. They hear what was said, and by whom; they know no connection and no clock.

pub mod analysis;
