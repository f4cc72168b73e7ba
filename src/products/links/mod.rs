//! Further links of a product, which its party keeps: recipes, the brand's page, where to buy. The resolver offers them beside the
//! registry's own links.
//!
//! What must stay true: a party links only by the types that the list allows it, and to `https` only, so that nobody can put
//! another page in the place of the registry's; every change raises the product's version, so that no kept answer shows it late.

mod model;
mod service;

pub use model::{KeptBy, LinkDraft, LinkType, NewLink, ProductLink, link_types};
pub use service::{LINKS, add_link, links_of, remove_link};
