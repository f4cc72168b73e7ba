//! Why the door stays shut, in words that say what would make it right.

use super::why::SprayStop;
use crate::fieldbook;
use crate::kernel::{Day, LotCode, Moment, PartyId, Problem, Quantity, Unit};
use crate::log;
use crate::lots::Danger;
use crate::store::StoreError;

/// Why a command was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such lot or shipment, as far as the one who asks may know.
    #[error("no such lot or shipment")]
    NotFound,
    /// The place or product is not one of the acting party.
    #[error("the {what} {value:?} is not one of the acting party")]
    NotYours {
        /// `place` or `product`: the field.
        what: &'static str,
        /// As it was named; nothing when none was.
        value: String,
    },
    /// The role does not do this: the authority does not trade, a firm does not stop lots.
    #[error("the role does not do this")]
    WrongRole,
    /// The acting party is not approved, or suspended.
    #[error("the party is not approved")]
    NotApproved,
    /// No mandate of the grantor was in force.
    #[error("no mandate of {grantor} in force on {day}")]
    NoMandate {
        /// Who would have had to give it.
        grantor: PartyId,
        /// On which day.
        day: Day,
    },
    /// The place was closed by then.
    #[error("the place is closed since {since}")]
    PlaceClosed {
        /// Since when.
        since: Moment,
    },
    /// Nothing grows at the place, and the product is of a crop.
    #[error("nothing grows at {place}")]
    NoPlot {
        /// The name of the place.
        place: String,
    },
    /// A recall of the lot is proposed: it stays stopped until that is decided or rejected.
    #[error("recall {number} of the lot is proposed")]
    RecallProposed {
        /// The number of the recall.
        number: String,
    },
    /// There is no approved party of this id to send to.
    #[error("no such receiver: {value:?}")]
    UnknownReceiver {
        /// As it was named; nothing when none was.
        value: String,
    },
    /// The receiver is the sender.
    #[error("a party cannot send to itself")]
    ToOneself,
    /// The shipment was sent to somebody else.
    #[error("the shipment was sent to another party")]
    WrongReceiver,
    /// All of the shipment was received.
    #[error("the shipment was received in full")]
    ShipmentSettled,
    /// More than is under way.
    #[error("{asked:?} asked, {left:?} under way")]
    MoreThanShipped {
        /// What was asked.
        asked: Quantity,
        /// What is under way.
        left: Quantity,
    },
    /// More than the party has.
    #[error("{asked:?} asked, {left:?} left")]
    BalanceExceeded {
        /// What was asked.
        asked: Quantity,
        /// What is left.
        left: Quantity,
    },
    /// More than the party has that is not yet packed.
    #[error("{asked:?} to pack, {left:?} not packed")]
    PackedAlready {
        /// What was asked.
        asked: Quantity,
        /// What is not yet packed.
        left: Quantity,
    },
    /// Beyond what a command may speak of.
    #[error("{asked:?} is beyond {most:?}")]
    TooMuch {
        /// What was asked.
        asked: Quantity,
        /// The most.
        most: Quantity,
    },
    /// Nothing.
    #[error("an amount of nothing")]
    Nothing,
    /// Counted in another unit.
    #[error("the lot is counted in {unit:?}")]
    WrongUnit {
        /// The field.
        field: &'static str,
        /// The lot's or product's unit.
        unit: Unit,
    },
    /// A pack larger than what was packed.
    #[error("a pack is larger than what was packed")]
    PackTooLarge,
    /// What is asked for lies in cases.
    #[error("{asked:?} asked, {left:?} lie in no case")]
    InCases {
        /// What was asked.
        asked: Quantity,
        /// What lies in no case.
        left: Quantity,
    },
    /// Lots are made out of nothing.
    #[error("nothing went in")]
    NoInput,
    /// Nothing is made.
    #[error("nothing came out")]
    NoOutput,
    /// A lot goes in twice.
    #[error("a lot goes in twice")]
    InputTwice,
    /// More is made than what it is made of.
    #[error("{asked:?} came out, {most:?} went in")]
    MoreOutThanIn {
        /// What came out.
        asked: Quantity,
        /// What went in.
        most: Quantity,
    },
    /// More is made than the authority's band allows of what it is made of.
    #[error("{asked:?} came out, at most {most:?} can")]
    BeyondConversion {
        /// What came out.
        asked: Quantity,
        /// The most that can.
        most: Quantity,
    },
    /// A lot would be made out of itself.
    #[error("a lot would be its own ancestor")]
    OwnAncestor,
    /// There is no such case, or nothing of the party's lies in it.
    #[error("no such case: {case}")]
    UnknownCase {
        /// Its name.
        case: String,
    },
    /// A case would lie in itself.
    #[error("a case would lie in itself: {case}")]
    CaseInItself {
        /// Its name.
        case: String,
    },
    /// A report of the lot breaches a rule.
    #[error("a report of the lot breaches the rule {rule}")]
    Breached {
        /// The stable word of the rule.
        rule: String,
        /// The spray that it is about, where it is about one.
        spray: Option<Box<SprayStop>>,
    },
    /// The event was declared wrong before.
    #[error("the event was corrected already")]
    CorrectedAlready,
    /// The event is not one that is corrected: an act of the authority, or a correction.
    #[error("such an event is not corrected")]
    NotCorrectable,
    /// The lot is held.
    #[error("the lot is held: {reason}")]
    OnHold {
        /// Why.
        reason: String,
    },
    /// The lot is recalled.
    #[error("the lot is recalled: {reason}")]
    Recalled {
        /// Why.
        reason: String,
    },
    /// A lot that it was made of is stopped.
    #[error("lot {code}, which it was made of, is {}", if *recalled { "recalled" } else { "held" })]
    MadeOfStopped {
        /// The lot that is stopped itself.
        code: LotCode,
        /// Whether it was recalled; held else.
        recalled: bool,
        /// The spray that holds it, where one does.
        spray: Option<Box<SprayStop>>,
    },
    /// Held by the authority, which alone may lift it.
    #[error("the authority holds the lot")]
    HeldByAuthority,
    /// Held already.
    #[error("the lot is held already")]
    HeldAlready,
    /// Not held.
    #[error("the lot is not held")]
    NotHeld,
    /// Recalled already.
    #[error("the lot is recalled already")]
    RecalledAlready,
    /// More than the plot can yield.
    #[error("the plot yields at most {most:?} in the season, of which {left:?} are left")]
    BeyondYield {
        /// What was asked.
        asked: Quantity,
        /// What may still be harvested in the season.
        left: Quantity,
        /// What the plot yields at most in the season.
        most: Quantity,
    },
    /// Harvested before it was sown, by the field book of the plot.
    #[error("{day} lies before the season of {sown}")]
    BeforeSowing {
        /// The day of the harvest.
        day: Day,
        /// The first day of the season.
        sown: Day,
    },
    /// In the future.
    #[error("{day} lies ahead")]
    Future {
        /// The day given.
        day: Day,
    },
    /// Before the lot began.
    #[error("the lot began on {day}")]
    BeforeHarvest {
        /// The day on which it began.
        day: Day,
    },
    /// Received before it was sent.
    #[error("it was sent on {day}")]
    BeforeShipment {
        /// The day on which it was sent.
        day: Day,
    },
    /// The last day of use lies before the packing.
    #[error("the last day of use lies before the packing on {day}")]
    ExpiryBeforePacking {
        /// The day of packing.
        day: Day,
    },
    /// A certificate is claimed outside of its term.
    #[error("the certificate {number} is valid until {to}, not on {day}")]
    CertificateNotValid {
        /// Its number.
        number: String,
        /// Its first day.
        from: Day,
        /// Its last day.
        to: Day,
        /// The day on which it is claimed.
        day: Day,
    },
    /// A certificate is claimed that was suspended, withdrawn or declared wrong.
    #[error("the certificate {number} is stopped since {since:?}")]
    CertificateStopped {
        /// Its number.
        number: String,
        /// Since when; nothing for one that was wrong from the beginning.
        since: Option<Day>,
    },
    /// A certificate is claimed for what it does not cover.
    #[error("the certificate {number} does not cover it")]
    CertificateOutOfScope {
        /// Its number.
        number: String,
    },
    /// A certificate is claimed that nobody of the lot has.
    #[error("no such certificate of the party or of the lot")]
    UnknownCertificate,
    /// More is packed under a certificate than its land can yield.
    #[error(
        "the land of the certificate {number} yields at most {most:?} from {from} to {to}, of which {left:?} are left"
    )]
    BeyondCertificate {
        /// Its number.
        number: String,
        /// What was asked.
        asked: Quantity,
        /// What may still be packed of what grows in that time.
        left: Quantity,
        /// What its land yields at most in that time.
        most: Quantity,
        /// The first day of that time.
        from: Day,
        /// Its last day.
        to: Day,
    },
    /// The product has a lot with this code.
    #[error("the product has a lot {code}")]
    LotCodeTaken {
        /// The code.
        code: LotCode,
    },
    /// The key was used for another command.
    #[error("the key was used for another command")]
    KeyTaken,
    /// A code that was made is taken: another is made.
    #[error("a code that was made is taken")]
    Clash,
    /// What was said of the field book cannot be.
    #[error(transparent)]
    Field(fieldbook::Error),
    /// The log takes no entry now, or has not yet taken this one: what frees food waits for its signed checkpoint.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<fieldbook::Error> for Error {
    fn from(error: fieldbook::Error) -> Self {
        match error {
            fieldbook::Error::Store(error) => Self::Store(error),
            fieldbook::Error::NotFound => Self::NotFound,
            fieldbook::Error::KeyTaken => Self::KeyTaken,
            error => Self::Field(error),
        }
    }
}

impl Error {
    /// A place or product that is not the acting party's.
    pub(super) fn not_yours(what: &'static str, value: &impl ToString) -> Self {
        Self::NotYours { what, value: value.to_string() }
    }

    /// No place was named where one has to be.
    pub(super) const fn no_place() -> Self {
        Self::NotYours { what: "place", value: String::new() }
    }

    /// The stable word of the rule that a reported fact breaches, where a fact can breach it; nothing for what cannot be recorded at
    /// all, or has no effect.
    #[must_use]
    pub(super) fn rule(&self) -> Option<&'static str> {
        Some(match self {
            Self::OnHold { .. } => Danger::Held.rule(),
            Self::Recalled { .. } => Danger::Recalled.rule(),
            Self::PlaceClosed { .. } => "place_closed",
            Self::NoPlot { .. } => "place_is_no_plot",
            Self::BeforeHarvest { .. } => "before_harvest",
            Self::BeforeShipment { .. } => "before_shipment",
            Self::ExpiryBeforePacking { .. } => "expiry_before_packing",
            Self::PackTooLarge => "pack_too_large",
            Self::WrongUnit { .. } => "wrong_unit",
            Self::MoreOutThanIn { .. } => "more_out_than_in",
            Self::BeyondConversion { .. } => "beyond_conversion",
            Self::OwnAncestor => "own_ancestor",
            Self::CertificateNotValid { .. }
            | Self::CertificateStopped { .. }
            | Self::CertificateOutOfScope { .. }
            | Self::UnknownCertificate => "certificate_not_valid",
            _ => return None,
        })
    }

    /// What is wrong with a field, when it is a field that is wrong.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        let amount = |code: &'static str, asked: &Quantity, left: &Quantity| {
            Problem::new(code).value(plain(*asked)).arg("left", plain(*left)).at("quantity")
        };
        Some(match self {
            Self::NotYours { what, value } => strange(what, value),
            Self::NoMandate { day, .. } => {
                Problem::new("no_mandate").arg("day", day.vietnamese()).at("behalf_of")
            }
            Self::PlaceClosed { since } => {
                Problem::new("place_closed").arg("since", since.vietnamese()).at("place")
            }
            Self::NoPlot { place } => Problem::new("harvest_no_plot").value(place).at("place"),
            Self::UnknownReceiver { value } => strange("to", value),
            Self::ToOneself => Problem::new("receiver_is_sender").at("to"),
            Self::MoreThanShipped { asked, left } => amount("more_than_shipped", asked, left),
            Self::BalanceExceeded { asked, left } => amount("balance_exceeded", asked, left),
            Self::PackedAlready { asked, left } => amount("packed_already", asked, left),
            Self::InCases { asked, left } => amount("amount_in_cases", asked, left),
            Self::MoreOutThanIn { asked, most } => {
                Problem::new("more_out_than_in").value(plain(*asked)).arg("left", plain(*most)).at("outputs")
            }
            Self::BeyondConversion { asked, most } => {
                Problem::new("beyond_conversion").value(plain(*asked)).arg("left", plain(*most)).at("outputs")
            }
            Self::NoInput => Problem::new("inputs_missing").at("inputs"),
            Self::NoOutput => Problem::new("outputs_missing").at("outputs"),
            Self::InputTwice => Problem::new("input_twice").at("inputs"),
            Self::OwnAncestor => Problem::new("own_ancestor").at("outputs"),
            Self::UnknownCase { case } => Problem::new("case_unknown").value(case).at("case"),
            Self::CaseInItself { case } => Problem::new("case_in_itself").value(case).at("case"),
            Self::BeyondYield { asked, left, most } => {
                amount("beyond_yield", asked, left).arg("most", plain(*most))
            }
            Self::TooMuch { asked, most } => amount("amount_beyond", asked, most),
            Self::Nothing => Problem::new("amount_zero").value("0").at("quantity"),
            Self::WrongUnit { field, unit: Unit::Gram } => Problem::new("unit_must_be_mass").at(field),
            Self::WrongUnit { field, unit: Unit::Piece } => Problem::new("unit_must_be_pieces").at(field),
            Self::PackTooLarge => Problem::new("pack_too_large").at("pack_size"),
            Self::Future { day } => Problem::new("day_ahead").value(day.vietnamese()).at("day"),
            Self::BeforeSowing { day, sown } => {
                Problem::new("before_sowing").value(day.vietnamese()).arg("sown", sown.vietnamese()).at("day")
            }
            Self::BeforeHarvest { day } => {
                Problem::new("before_harvest").arg("day", day.vietnamese()).at("day")
            }
            Self::BeforeShipment { day } => {
                Problem::new("before_shipment").arg("day", day.vietnamese()).at("day")
            }
            Self::ExpiryBeforePacking { day } => {
                Problem::new("expiry_before_packing").arg("day", day.vietnamese()).at("expires_on")
            }
            Self::CertificateNotValid { number, from, to, day } => Problem::new("certificate_not_valid")
                .value(number)
                .arg("from", from.vietnamese())
                .arg("to", to.vietnamese())
                .arg("day", day.vietnamese())
                .at("certificates"),
            Self::CertificateStopped { number, since: Some(since) } => Problem::new("certificate_stopped")
                .value(number)
                .arg("since", since.vietnamese())
                .at("certificates"),
            Self::CertificateStopped { number, since: None } => {
                Problem::new("certificate_wrong").value(number).at("certificates")
            }
            Self::CertificateOutOfScope { number } => {
                Problem::new("certificate_out_of_scope").value(number).at("certificates")
            }
            Self::BeyondCertificate { number, asked, left, most, from, to } => {
                amount("beyond_certificate", asked, left)
                    .arg("number", number.as_str())
                    .arg("most", plain(*most))
                    .arg("from", from.vietnamese())
                    .arg("to", to.vietnamese())
            }
            Self::UnknownCertificate => Problem::new("certificate_unknown").at("certificates"),
            Self::LotCodeTaken { code } => Problem::new("lot_code_taken").value(code.as_str()).at("code"),
            Self::NotFound
            | Self::WrongRole
            | Self::NotApproved
            | Self::WrongReceiver
            | Self::ShipmentSettled
            | Self::OnHold { .. }
            | Self::Recalled { .. }
            | Self::MadeOfStopped { .. }
            | Self::HeldByAuthority
            | Self::Breached { .. }
            | Self::CorrectedAlready
            | Self::NotCorrectable
            | Self::HeldAlready
            | Self::NotHeld
            | Self::RecallProposed { .. }
            | Self::RecalledAlready
            | Self::KeyTaken
            | Self::Clash
            | Self::Field(_)
            | Self::Log(_)
            | Self::Store(_) => return None,
        })
    }
}

/// What is wrong with a place, product or receiver that was named in a field, or was not.
fn strange(field: &str, value: &str) -> Problem {
    let problem = match (field, value) {
        ("to", "") => Problem::new("receiver_missing"),
        (_, "") => Problem::new("choose_one"),
        ("to", _) => Problem::new("receiver_unknown").value(value),
        ("place", _) => Problem::new("place_not_yours").value(value),
        _ => Problem::new("product_not_yours").value(value),
    };
    problem.at(field)
}

/// A quantity that reads the same in every language.
fn plain(quantity: Quantity) -> String {
    match (quantity.unit(), quantity.amount()) {
        (Unit::Piece, amount) => amount.to_string(),
        (Unit::Gram, amount) if amount % 1000 == 0 => format!("{} kg", amount / 1000),
        (Unit::Gram, amount) => format!("{amount} g"),
    }
}
