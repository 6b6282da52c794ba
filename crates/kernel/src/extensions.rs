//! What capabilities keep in memory for the life of the server, found by its type: a mail server's address, templates.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

/// A map from a type to its one value. Filled when the server is put together, then only read.
#[derive(Default)]
pub struct Extensions(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Extensions {
    /// Adds a value; one of the same type is replaced.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, value: T) -> Self {
        self.0.insert(TypeId::of::<T>(), Arc::new(value));
        self
    }

    /// The value of this type.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(self.0.get(&TypeId::of::<T>())?).downcast().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_type() {
        let extensions = Extensions::default().with(1_u8).with("two").with(3_u8);
        assert_eq!(extensions.get::<u8>().as_deref(), Some(&3));
        assert_eq!(extensions.get::<&str>().as_deref(), Some(&"two"));
        assert_eq!(extensions.get::<u16>(), None);
    }
}
