//! What a proposal names, and whether the food of a recall is accounted for.

use nguongoc::kernel::{Lang, Moment, PartyId, Unit};
use nguongoc::recalls::store::{Claim, Goods, Hand, Sent, Sums};
use nguongoc::recalls::{Matched, RecallDraft, Reconciled, Way};

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
    let account = Reconciled::of(Unit::Gram, &sums, &Matched::default());
    assert_eq!((account.entered, account.accounted, account.unaccounted), (90, 90, 0));
    assert_eq!(account.percent(Lang::Vi), "100,00 %");
}

#[test]
fn what_was_recovered_is_counted_once() {
    let sums = sums(&[("harvested", 100), ("sold", 40)], 60, 0);
    let goods = Goods {
        claims: vec![claim(1, Way::Destroy, 50, 0), claim(1, Way::Returned, 15, 0)],
        hands: vec![Hand { held: 60, sold: 40, ..hand(1) }],
        ..Goods::default()
    };
    let account = Reconciled::of(Unit::Gram, &sums, &Matched::of(&goods));
    assert_eq!((account.held, account.sold, account.recovered), (10, 25, 65));
    assert_eq!((account.accounted, account.unaccounted), (100, 0));
}

fn party(number: u128) -> PartyId {
    PartyId::from_uuid(uuid::Uuid::from_u128(number))
}

fn claim(number: u128, way: Way, amount: i64, at: i64) -> Claim {
    Claim { party: party(number), way, amount, at: Moment::from_micros(at) }
}

fn hand(number: u128) -> Hand {
    Hand { party: party(number), held: 0, wasted: 0, sold: 0, sampled: 0 }
}

/// What was sent and has arrived.
fn sent(from: u128, to: u128, taken: i64, at: i64) -> Sent {
    Sent { from: party(from), to: party(to), under_way: 0, taken, lost: 0, at: Moment::from_micros(at) }
}

#[test]
fn what_was_recovered_and_went_on_is_found_where_it_is() {
    // The first sold some before, recovered 18 and sent them on, by way of another, to a third that has some of its own.
    let mut goods = Goods {
        claims: vec![claim(1, Way::Destroy, 18, 10)],
        hands: vec![Hand { sold: 12, ..hand(1) }, Hand { held: 20, ..hand(3) }],
        sent: vec![sent(2, 3, 18, 12), sent(1, 2, 18, 11)],
        ..Goods::default()
    };
    let matched = Matched::of(&goods);
    assert_eq!((matched.held, matched.sold), (18, 0), "{matched:?}");
    // The third enters those of its own too: what is sold is what is left to be those of the first.
    goods.claims.push(claim(3, Way::Destroy, 20, 13));
    let matched = Matched::of(&goods);
    assert_eq!((matched.held, matched.sold), (20, 12), "{matched:?}");
    // What had left before anything was recovered is not what was recovered.
    goods.claims = vec![claim(1, Way::Destroy, 18, 20)];
    let matched = Matched::of(&goods);
    assert_eq!((matched.held, matched.sold), (0, 12), "{matched:?}");
}

#[test]
fn goods_that_can_be_those_of_two_are_found_for_both() {
    // The first's goods can be with the second or the third, the second's own only where they lie.
    let goods = Goods {
        claims: vec![claim(1, Way::Destroy, 10, 1), claim(2, Way::Destroy, 10, 5)],
        hands: vec![Hand { held: 10, ..hand(2) }, Hand { held: 10, ..hand(3) }],
        sent: vec![sent(1, 2, 10, 2), sent(2, 3, 10, 3)],
        ..Goods::default()
    };
    assert_eq!(Matched::of(&goods).held, 20);
}

#[test]
fn a_dishonest_chain_shows_its_deviation() {
    let sums = sums(&[("harvested", 1_000), ("sold", 1_201)], 0, 0);
    let account = Reconciled::of(Unit::Gram, &sums, &Matched::default());
    assert_eq!((account.unaccounted, account.percent(Lang::En).as_str()), (-201, "120.10 %"));
}

#[test]
fn what_was_made_of_nothing_was_never_there() {
    let told = [("harvested", 1_000), ("used", 1_000), ("produced", 1_250), ("sold", 1_250)];
    let account =
        Reconciled::of(Unit::Gram, &Sums { surplus: 250, ..sums(&told, 0, 0) }, &Matched::default());
    assert_eq!((account.entered, account.accounted, account.unaccounted), (1_000, 1_250, -250));
}

#[test]
fn what_was_lost_under_way_is_known() {
    let sums = sums(&[("harvested", 100), ("lost", 7)], 90, 3);
    let account = Reconciled::of(Unit::Gram, &sums, &Matched::default());
    assert_eq!((account.under_way, account.lost, account.unaccounted), (3, 7, 0));
}

/// The first had 20, recovered 10, and sent 10 each to two others.
fn divided() -> Goods {
    Goods {
        claims: vec![claim(1, Way::Destroy, 10, 1)],
        hands: vec![Hand { held: 10, ..hand(2) }, Hand { held: 10, ..hand(3) }],
        sent: vec![sent(1, 2, 10, 2), sent(1, 3, 10, 2)],
        ..Goods::default()
    }
}

#[test]
fn whoever_asks_first_may_have_what_nobody_recovered() {
    for [first, second] in [[2, 3], [3, 2]] {
        let mut goods = divided();
        assert_eq!(Matched::most(&goods, party(first)), 10, "{first}");
        assert_eq!(Matched::most(&goods, party(1)), 0);
        goods.claims.push(claim(first, Way::Destroy, 4, 3));
        assert_eq!([first, second].map(|number| Matched::most(&goods, party(number))), [6, 6]);
        goods.claims.push(claim(second, Way::Destroy, 6, 4));
        // Twenty of twenty.
        assert_eq!([1, first, second].map(|number| Matched::most(&goods, party(number))), [0; 3]);
        assert_eq!(Matched::of(&goods).held, 20);
    }
}

#[test]
fn what_was_recovered_and_sent_back_leaves_the_rest_to_be_recovered() {
    // It had 20, recovered 18 and sent them back: the 2 that it still has are others.
    let mut goods = Goods {
        claims: vec![claim(1, Way::Destroy, 18, 1)],
        hands: vec![Hand { held: 2, ..hand(1) }, Hand { held: 18, ..hand(2) }],
        sent: vec![sent(1, 2, 18, 2)],
        ..Goods::default()
    };
    assert_eq!(Matched::most(&goods, party(1)), 2);
    goods.claims.push(claim(1, Way::Destroy, 2, 3));
    assert_eq!([1, 2].map(|number| Matched::most(&goods, party(number))), [0; 2]);
    assert_eq!(Matched::of(&goods).held, 20);
    // What came back from buyers was sold, and is nothing that was sent.
    goods.claims = vec![claim(1, Way::Returned, 5, 1)];
    goods.hands = vec![Hand { sold: 5, ..hand(1) }, Hand { held: 18, ..hand(2) }];
    assert_eq!(Matched::most(&goods, party(1)), 0);
}

#[test]
fn ten_thousand_holders_send_back_what_they_recovered() {
    let holders = 2..10_002;
    let mut goods = Goods { hands: vec![Hand { held: 70_000, ..hand(1) }], ..Goods::default() };
    for (number, at) in holders.clone().zip(0..) {
        goods.claims.push(claim(number, Way::Destroy, 7, at));
        goods.sent.push(sent(number, 1, 7, at + 1));
        goods.hands.push(Hand { held: 1, sold: 2, ..hand(number) });
    }
    let matched = Matched::of(&goods);
    assert_eq!((matched.held, matched.sold), (70_000, 0), "{matched:?}");
    // Everything that rests with a holder can be other goods than those that it sent back.
    assert_eq!(Matched::most(&goods, party(10_001)), 3);
    // What came to the packer from them was there, and is not what they sold.
    assert_eq!(Matched::most(&goods, party(1)), 10_000);
}
