//! Placeholder replaced on merge.
/// Keys.
#[derive(Debug, Default)]
pub struct Keyring;
