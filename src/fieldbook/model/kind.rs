//! What can be written into a field book, and what each kind of entry asks for (VietGAP, TCVN 11892-1:2017).

use crate::kernel::Problem;

/// A kind of entry. Harvests are not among them: they are read from the journal, so that nobody writes them twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The soil was worked, or measured.
    LandPreparation,
    /// Sown or planted.
    Planting,
    /// Fertiliser was bought.
    FertiliserPurchase,
    /// Fertiliser was spread.
    FertiliserUse,
    /// Compost was made or treated.
    Compost,
    /// A pesticide was bought.
    PesticidePurchase,
    /// A pesticide was used: this one shuts the plot.
    Spray,
    /// The plot was watered.
    Watering,
    /// Waste and packaging were taken away.
    Waste,
    /// Equipment was cleaned, checked or set.
    EquipmentCheck,
    /// People were trained.
    Training,
    /// Stock was counted: the difference to the book is written down.
    StockCount,
    /// The own inspection of the farm.
    SelfInspection,
}

/// A field of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The input, the waste, the material: what it is about.
    Input,
    /// How much.
    Amount,
    /// On how much land.
    Area,
    /// How it was done.
    Method,
    /// Why, or about what.
    Reason,
    /// Supplier, water source, trainer; private.
    Source,
    /// The maker's lot number.
    InputLot,
    /// The last day of use.
    ExpiresOn,
    /// What was found.
    Result,
    /// The tools.
    Equipment,
}

impl Field {
    /// The name in forms, JSON and columns.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Amount => "amount",
            Self::Area => "area",
            Self::Method => "method",
            Self::Reason => "reason",
            Self::Source => "source",
            Self::InputLot => "input_lot",
            Self::ExpiresOn => "expires_on",
            Self::Result => "result",
            Self::Equipment => "equipment",
        }
    }

    /// The key of the field's label.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Input => "fieldbook-field-input",
            Self::Amount => "fieldbook-field-amount",
            Self::Area => "fieldbook-field-area",
            Self::Method => "fieldbook-field-method",
            Self::Reason => "fieldbook-field-reason",
            Self::Source => "fieldbook-field-source",
            Self::InputLot => "fieldbook-field-input-lot",
            Self::ExpiresOn => "fieldbook-field-expires-on",
            Self::Result => "fieldbook-field-result",
            Self::Equipment => "fieldbook-field-equipment",
        }
    }
}

/// Whether an entry of a kind is about a plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// It must name one.
    Plot,
    /// It may name one.
    Either,
    /// It names none.
    Nowhere,
}

/// What an entry does to the stock of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    /// Nothing.
    Untouched,
    /// It comes in.
    In,
    /// It is used.
    Out,
    /// It is counted: the book follows.
    Counted,
}

const NEEDED: bool = true;
const WELCOME: bool = false;

impl Kind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [Self; 13] = [
        Self::Spray,
        Self::FertiliserUse,
        Self::Watering,
        Self::LandPreparation,
        Self::Planting,
        Self::Compost,
        Self::PesticidePurchase,
        Self::FertiliserPurchase,
        Self::Waste,
        Self::EquipmentCheck,
        Self::Training,
        Self::StockCount,
        Self::SelfInspection,
    ];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LandPreparation => "land_preparation",
            Self::Planting => "planting",
            Self::FertiliserPurchase => "fertiliser_purchase",
            Self::FertiliserUse => "fertiliser_use",
            Self::Compost => "compost",
            Self::PesticidePurchase => "pesticide_purchase",
            Self::Spray => "spray",
            Self::Watering => "watering",
            Self::Waste => "waste",
            Self::EquipmentCheck => "equipment_check",
            Self::Training => "training",
            Self::StockCount => "stock_count",
            Self::SelfInspection => "self_inspection",
        }
    }

    /// The kind with this name.
    ///
    /// # Errors
    /// `activity_kind_missing`, `activity_kind_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let name = text.trim();
        if name.is_empty() {
            return Err(Problem::new("activity_kind_missing"));
        }
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| Problem::new("activity_kind_unknown").value(text))
    }

    /// The key of the kind's word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::LandPreparation => "fieldbook-kind-land-preparation",
            Self::Planting => "fieldbook-kind-planting",
            Self::FertiliserPurchase => "fieldbook-kind-fertiliser-purchase",
            Self::FertiliserUse => "fieldbook-kind-fertiliser-use",
            Self::Compost => "fieldbook-kind-compost",
            Self::PesticidePurchase => "fieldbook-kind-pesticide-purchase",
            Self::Spray => "fieldbook-kind-spray",
            Self::Watering => "fieldbook-kind-watering",
            Self::Waste => "fieldbook-kind-waste",
            Self::EquipmentCheck => "fieldbook-kind-equipment-check",
            Self::Training => "fieldbook-kind-training",
            Self::StockCount => "fieldbook-kind-stock-count",
            Self::SelfInspection => "fieldbook-kind-self-inspection",
        }
    }

    /// What the kind asks for besides day, plot and person; whether it must be given. A spray has fields of its own.
    #[must_use]
    pub const fn fields(self) -> &'static [(Field, bool)] {
        match self {
            Self::LandPreparation => &[
                (Field::Method, NEEDED),
                (Field::Area, WELCOME),
                (Field::Equipment, WELCOME),
                (Field::Result, WELCOME),
            ],
            Self::Planting => &[
                (Field::Method, WELCOME),
                (Field::Input, WELCOME),
                (Field::Amount, WELCOME),
                (Field::Area, WELCOME),
                (Field::InputLot, WELCOME),
            ],
            Self::FertiliserPurchase | Self::PesticidePurchase => &[
                (Field::Input, NEEDED),
                (Field::Amount, NEEDED),
                (Field::Source, WELCOME),
                (Field::InputLot, WELCOME),
                (Field::ExpiresOn, WELCOME),
            ],
            Self::FertiliserUse => &[
                (Field::Input, NEEDED),
                (Field::Amount, NEEDED),
                (Field::Area, WELCOME),
                (Field::Method, WELCOME),
                (Field::Reason, WELCOME),
                (Field::Equipment, WELCOME),
            ],
            Self::Compost => &[
                (Field::Input, NEEDED),
                (Field::Amount, WELCOME),
                (Field::Method, NEEDED),
                (Field::Result, WELCOME),
            ],
            Self::Spray => &[(Field::Method, WELCOME), (Field::Equipment, WELCOME)],
            Self::Watering => &[
                (Field::Source, WELCOME),
                (Field::Method, WELCOME),
                (Field::Amount, WELCOME),
                (Field::Area, WELCOME),
            ],
            Self::Waste => &[(Field::Input, NEEDED), (Field::Amount, WELCOME), (Field::Method, NEEDED)],
            Self::EquipmentCheck => {
                &[(Field::Equipment, NEEDED), (Field::Method, WELCOME), (Field::Result, NEEDED)]
            }
            Self::Training => &[(Field::Reason, NEEDED), (Field::Source, WELCOME), (Field::Result, WELCOME)],
            Self::StockCount => &[(Field::Input, NEEDED), (Field::Amount, NEEDED), (Field::Reason, WELCOME)],
            Self::SelfInspection => &[(Field::Result, NEEDED), (Field::Reason, WELCOME)],
        }
    }

    /// Whether the kind has a field.
    #[must_use]
    pub fn asks(self, field: Field) -> bool {
        self.fields().iter().any(|(asked, _)| *asked == field)
    }

    /// Whether an entry of this kind is about a plot.
    #[must_use]
    pub const fn place(self) -> Where {
        match self {
            Self::LandPreparation | Self::Planting | Self::FertiliserUse | Self::Spray | Self::Watering => {
                Where::Plot
            }
            Self::Compost | Self::Waste | Self::EquipmentCheck | Self::SelfInspection => Where::Either,
            Self::FertiliserPurchase | Self::PesticidePurchase | Self::Training | Self::StockCount => {
                Where::Nowhere
            }
        }
    }

    /// What an entry of this kind does to the stock of its input.
    #[must_use]
    pub const fn stock(self) -> Stock {
        match self {
            Self::FertiliserPurchase | Self::PesticidePurchase => Stock::In,
            Self::FertiliserUse | Self::Spray => Stock::Out,
            Self::StockCount => Stock::Counted,
            _ => Stock::Untouched,
        }
    }
}

impl serde::Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
