//! The sample's lists of the authority: real crops, made-up products and bands, published as sample data.

use crate::app::App;
use crate::chain;
use crate::fieldbook::lists::{self, ListForm, Publisher};
use anyhow::{Result, bail};

/// In the order in which they are published: rows of the later ones name crops.
const LISTS: [(&str, &str); 3] = [
    ("crops", include_str!("../../../assets/data/lists/crops.csv")),
    ("substances", include_str!("../../../assets/data/lists/substances.csv")),
    ("bands", include_str!("../../../assets/data/lists/bands.csv")),
];

/// Publishes the lists, in force from a year before the season.
pub(super) async fn enter(app: &App) -> Result<()> {
    for (kind, file) in LISTS {
        let form = ListForm {
            kind: kind.to_owned(),
            in_force_from: app.clock.now().day().plus_days(-365).to_string(),
            source: "Danh mục mẫu, hư cấu, chỉ để xem thử".to_owned(),
            sample: "1".to_owned(),
        };
        match chain::publish_list(app, Publisher::console(), &form, file.as_bytes()).await {
            Ok(_) => {}
            Err(lists::Error::Rows(problems)) => bail!("the sample list has problems: {problems:?}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
