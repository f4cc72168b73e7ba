//! The tools of a web page: server, extractors, errors, the frame of a page, static files, limits. They know no room;
//! only [`routes`] does, and it holds nothing but the table of URLs.

pub mod assets;
pub mod body;
pub mod error;
pub mod form;
pub mod headers;
pub mod health;
pub mod limits;
pub mod reference;
pub mod routes;
pub mod server;
pub mod upload;
pub mod view;

pub use body::Body;
pub use error::Error;
pub use form::{Form, PublicForm};
pub use upload::{Upload, UploadedFile};
pub use view::{Frame, Html, Visitor};
