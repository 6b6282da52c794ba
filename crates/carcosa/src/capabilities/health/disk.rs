//! How much room there is where the database is.

use std::path::Path;

use carcosa_kernel::{Error, Result};

/// Least free space on the disk of the data folder, in bytes: 1 GiB.
pub(super) const LEAST_FREE: u64 = 1 << 30;

/// Free bytes in words, as disks are sold: `27.1 GB free`.
pub(super) fn free_text(bytes: u64) -> String {
    let tenths = bytes / 100_000_000;
    format!("{}.{} GB free", tenths / 10, tenths % 10)
}

/// Free bytes on the disk of a place.
pub(super) fn free_space(place: &Path) -> Result<u64> {
    // It may not exist yet: its nearest ancestor is on the same disk.
    let place = place.ancestors().find(|place| place.exists()).unwrap_or_else(|| Path::new("."));
    let stat = rustix::fs::statvfs(place).map_err(|cause| Error::internal(cause.to_string()))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_said_in_gigabytes_and_never_too_much_of_them() {
        assert_eq!(free_text(0), "0.0 GB free");
        assert_eq!(free_text(999_999_999), "0.9 GB free");
        assert_eq!(free_text(1_000_000_000), "1.0 GB free");
        assert_eq!(free_text(63_840_000_000), "63.8 GB free");
    }
}
