//! What is sold: the trade items of a party, with what a shopper is told of each, and their pictures.
//!
//! What must stay true: a product's number never changes; its GTIN belongs to no other product, and cannot be changed once a lot
//! of it exists, because labels carry it; every change raises the product's version; of a picture only the pixels are kept; a
//! party's further links never stand in the place of the registry's own.

pub mod api;
mod group;
mod links;
mod model;
pub mod pages;
mod picture;
mod service;
pub mod store;

pub use group::{Group, State, groups};
pub use links::{
    KeptBy, LINKS, LinkDraft, LinkType, NewLink, ProductLink, add_link, link_types, links_of, remove_link,
};
pub use model::{NewProduct, Picture, Product, ProductDraft, ProductView};
pub use picture::{Redrawn, redraw};
pub use service::{
    Drawn, Error, add, add_picture, arrange, change, list, of, picture_file, remove_picture, show,
    taken_meanwhile, view,
};
pub use store::{by_gtin, by_number, links as links_on, product, products_to_choose};
