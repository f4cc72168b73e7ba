//! The stopwatch of a drill: how long each step took stands in the signed record and on the page.

use super::City;
use crate::support::app::{On, on_both};
use nguongoc::keys::Note;
use nguongoc::recalls;
use std::time::Duration;

on_both!(the_record_of_a_drill_has_its_stopwatch);

async fn the_record_of_a_drill_has_its_stopwatch(on: On) {
    let city = City::open(on).await;
    let lots = city.short(city.lot).await;
    let begun = city.app().clock.now();
    let sent =
        city.officer.send("/recalls/drill", "/recalls/drill", &[("lots", lots.as_str())]).await.expect(303);
    let page = sent.header("location").to_owned();
    // Each step takes its time: what the lot reached is found, its holders are listed, the record is written.
    let clock = &city.app().clock;
    for micros in [2_250_000, 61_500_000, 750_125] {
        clock.set(clock.now().plus(Duration::from_micros(micros)));
        assert_eq!(recalls::carry_on(city.app()).await.expect("carried on"), 1);
    }
    let ended = clock.now();
    assert_eq!(recalls::carry_on(city.app()).await.expect("nothing"), 0);
    let record = city.officer.get(&format!("{page}/record.txt")).await.expect(200).text;
    let ring = city.app().keys.current();
    let verifiers: Vec<_> = ring.secrets().iter().map(|secret| secret.verifier().clone()).collect();
    let opened = Note::parse(&record).expect("a note").open(&verifiers).expect("signed");
    let shown = city.officer.get(&page).await.expect(200);
    for time in ["2.250 s", "63.750 s"] {
        assert!(shown.text.contains(time), "{time}: {}", shown.text);
    }
    for line in [
        format!("begun {}", begun.to_rfc3339()),
        "closure 2.250000s lots 2".to_owned(),
        "notices 61.500000s holders 3 listed".to_owned(),
        "report 0.750125s".to_owned(),
        format!("ended {} total 64.500125s", ended.to_rfc3339()),
    ] {
        assert!(opened.text.lines().any(|told| told == line), "{line}: {}", opened.text);
    }
}
