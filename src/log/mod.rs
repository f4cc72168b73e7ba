//! The append-only log: entries that wait for their place in it, the tree over those that have it, signed checkpoints, and the private
//! values that entries only commit to.
//!
//! A use case puts its entry among those that wait, in its own unit of work ([`append`]); the sequencer numbers what waits, extends the
//! Merkle tree and signs a checkpoint ([`carry`]). What releases food waits for that ([`sealed`]); what stops food never does.
//!
//! What must stay true: an entry never holds personal or private values, only salted commitments to them; value and salt lie in one
//! table that can be erased, and an erased value leaves the commitment behind that nobody can open. Nothing is signed that does
//! not begin with what was signed before.

mod ahead;
pub mod api;
mod batch;
mod chain;
mod check;
mod checkpoint;
mod copies;
mod disclose;
mod erase;
mod kept;
mod leaf;
mod model;
mod node;
mod sequencer;
mod service;
mod shelf;
pub mod store;
pub mod tree;
mod witness;

pub use ahead::copy_ahead;
pub use check::look_through;
pub use checkpoint::{Checkpoint, CheckpointError, proof_text};
pub use copies::folder as copies_folder;
pub use disclose::{Disclosed, Opened, Opening, disclose};
pub use erase::{EraseError, erase, private_fields};
pub use kept::path as kept_path;
pub use leaf::{ChainEnd, LARGEST_ENTRY, Leaf, Waiting, bundle};
pub use model::{Author, Commitment, Entry, Kept, Kind, Subject};
pub use node::{Node, Standing, Stop};
pub use sequencer::{
    Error, adopt, agrees, begin_again, carry, first_look, leave, look, news, ready, says_nothing_newer,
    sealed, still_agrees, still_ready,
};
pub use service::{Proved, Resource, State, checkpoint, index_of, proof, proofs, resource, state};
pub use store::tree::published_at;
pub use store::{append, append_all, erase_private, keep_all_private, keep_private, latest, private};
pub use witness::{
    Asked, Witness, WitnessError, WitnessStanding, ask_witnesses, witness_standings, witnessed,
};
