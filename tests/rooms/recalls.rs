//! What a proposal names, and whether the food of a recall is accounted for.

use nguongoc::kernel::{Lang, Unit};
use nguongoc::recalls::store::{Claim, Sums};
use nguongoc::recalls::{RecallDraft, Reconciled};

#[test]
fn lots_are_read_as_people_write_them() {
    let draft = |lots: &str| RecallDraft {
        lots: lots.to_owned(),
        danger: "serious".to_owned(),
        way: "destroy".to_owned(),
        reason: "Dư lượng vượt mức".to_owned(),
        takes_back: "Kho hợp tác xã".to_owned(),
        until: String::new(),
    };
    let written = |lots: &str| draft(lots).parse().expect("a proposal").lots;
    assert_eq!(written("4096000017, 409 600 0024\n4096000017"), ["4096000017", "4096000024"]);
    assert_eq!(written("4096000017 4096000024"), ["4096000017", "4096000024"]);
    let problems = draft("  ,;\n").parse().expect_err("no lot is named");
    let found: Vec<_> = problems.iter().map(|problem| (problem.field.as_str(), problem.code)).collect();
    assert_eq!(found, [("lots", "text_empty")]);
}

#[test]
fn an_empty_proposal_names_every_field() {
    let problems = RecallDraft::default().parse().expect_err("nothing is filled in");
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["lots", "danger", "way", "reason", "takes_back"]);
}

fn sums(accounts: &[(&str, i64)], held: i64, under_way: i64) -> Sums {
    let accounts = accounts.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect();
    Sums { accounts, held, under_way, surplus: 0 }
}

#[test]
fn an_honest_chain_is_accounted_for_to_the_gram() {
    let sums = sums(
        &[("harvested", 100), ("used", 60), ("produced", 50), ("sold", 20), ("wasted", 5), ("sampled", 1)],
        54,
        10,
    );
    let account = Reconciled::of(Unit::Gram, &sums, [].iter());
    assert_eq!((account.entered, account.accounted, account.unaccounted), (90, 90, 0));
    assert_eq!(account.percent(Lang::Vi), "100,00 %");
}

#[test]
fn what_was_recovered_is_counted_once() {
    let sums = sums(&[("harvested", 100), ("sold", 40)], 60, 0);
    let ways = [("destroy".to_owned(), 50), ("returned".to_owned(), 15)].into();
    let claim = Claim { unit: "gram".into(), ways, held: 60, sold: 40, ..Claim::default() };
    let account = Reconciled::of(Unit::Gram, &sums, [claim].iter());
    assert_eq!((account.held, account.sold, account.recovered), (10, 25, 65));
    assert_eq!((account.accounted, account.unaccounted), (100, 0));
}

#[test]
fn a_dishonest_chain_shows_its_deviation() {
    let sums = sums(&[("harvested", 1_000), ("sold", 1_201)], 0, 0);
    let account = Reconciled::of(Unit::Gram, &sums, [].iter());
    assert_eq!((account.unaccounted, account.percent(Lang::En).as_str()), (-201, "120.10 %"));
}

#[test]
fn what_was_made_of_nothing_was_never_there() {
    let told = [("harvested", 1_000), ("used", 1_000), ("produced", 1_250), ("sold", 1_250)];
    let account = Reconciled::of(Unit::Gram, &Sums { surplus: 250, ..sums(&told, 0, 0) }, [].iter());
    assert_eq!((account.entered, account.accounted, account.unaccounted), (1_000, 1_250, -250));
}

#[test]
fn what_was_lost_under_way_is_known() {
    let sums = sums(&[("harvested", 100), ("lost", 7)], 90, 3);
    let account = Reconciled::of(Unit::Gram, &sums, [].iter());
    assert_eq!((account.under_way, account.lost, account.unaccounted), (3, 7, 0));
}
