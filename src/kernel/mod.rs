//! The words that every room speaks: identifiers, time, amounts, numbers with check digits, text, communes, paging.
//!
//! What must stay true: everything here is pure. No clock, no randomness, no input or output, no async; what a value needs from
//! outside is a parameter. A value of one of these types is valid: it was parsed once, at the edge, and bad input is told as a
//! [`Problem`] that names the value, the rule and the fix.

pub mod canonical;
pub mod check_digit;
pub mod commune;
pub mod digest;
pub mod fold;
pub mod gln;
pub mod gtin;
pub mod id;
pub mod identifier;
pub mod lang;
pub mod lot_code;
pub mod number;
pub mod page;
pub mod problem;
pub mod quantity;
pub mod tax;
pub mod text;
mod text_form;
pub mod time;

mod area;
mod crop_code;
mod day;
mod decimal;
mod measure;

pub use area::Area;
pub use commune::{Commune, CommuneCode, Province, ProvinceCode};
pub use crop_code::CropCode;
pub use decimal::Decimal;
pub use decimal::scaled;
pub use digest::Sha256Hash;
pub use gln::Gln;
pub use gtin::Gtin;
pub use id::{
    ActivityId, ApplicationId, CaptureId, CertificateId, EventId, FileId, KeyListId, LabTestId, LinkId,
    ListId, LogEntryId, LotId, MandateId, MessageId, PartyId, PersonId, PictureId, PlaceId, ProductId,
    RecallId, ReportId, RosterEntryId, RosterId, RunId, SeasonId, SubstanceId, TemplateId, ThingId, TokenId,
};
pub use identifier::Identifier;
pub use lang::Lang;
pub use lot_code::{LotCode, Serial};
pub use measure::{Dose, Measure, MeasureUnit, show_amount};
pub use number::{PlaceNumber, ProductNumber, ShortCode};
pub use page::{Cursor, Page, PageSize};
pub use problem::{Problem, Problems};
pub use quantity::{Quantity, Unit};
pub use tax::TaxNumber;
pub use text::{Line, Note};
pub use time::{Day, LEGAL_ZONE, Moment, Offset};
