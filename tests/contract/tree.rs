//! The tree against the published roots, and against another implementation.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use nguongoc::kernel::Sha256Hash;
use nguongoc::log::tree::{Edge, Grown, TileAt, Tiles, Wanted, leaf_hash, width};
use proptest::prelude::*;
use sha2::Sha256;
use std::collections::BTreeMap;

/// The tree of so many entries, with all its tiles; grown in steps of `step`.
fn grown(count: u64, step: usize) -> (Edge, BTreeMap<TileAt, Vec<Sha256Hash>>) {
    let (mut edge, mut all) = (Edge::default(), BTreeMap::new());
    let leaves: Vec<Sha256Hash> = (0..count).map(|at| leaf_hash(&at.to_be_bytes())).collect();
    for some in leaves.chunks(step) {
        let mut grown = Grown::new();
        edge.extend(some.iter().copied(), &mut grown);
        for (at, hashes) in grown {
            let before: Option<Vec<Sha256Hash>> = all.insert(at, hashes.clone());
            assert!(before.is_none_or(|before| hashes.starts_with(&before)), "a tile is only filled further");
        }
    }
    (edge, all)
}

fn reference(count: u64) -> MemoryBackedTree<Sha256, [u8; 8]> {
    let mut tree = MemoryBackedTree::new();
    (0..count).for_each(|at| tree.push(at.to_be_bytes()));
    tree
}

fn is_same(root: &Sha256Hash, tree: &MemoryBackedTree<Sha256, [u8; 8]>) -> bool {
    root.as_bytes().as_slice() == tree.root().as_bytes().as_slice()
}

fn root_of(hash: &Sha256Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new((*hash.as_bytes()).into(), size)
}

#[test]
fn the_published_roots_come_out() {
    // The entries and roots with which RFC 6962 implementations are tried everywhere.
    let entries =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut edge = Edge::default();
    assert_eq!(edge.root().to_string(), roots[0]);
    for (entry, root) in entries.iter().zip(&roots[1..]) {
        let entry = data_encoding::HEXLOWER.decode(entry.as_bytes()).unwrap();
        edge.extend([leaf_hash(&entry)], &mut Grown::new());
        assert_eq!(edge.root().to_string(), *root);
    }
}

#[test]
fn tiles_are_as_wide_as_the_specification_says() {
    let (edge, tiles) = grown(70_000, 999);
    assert_eq!(tiles.keys().filter(|at| at.level == 0).count(), 274);
    for (at, hashes) in &tiles {
        assert_eq!(hashes.len() as u64, width(*at, 70_000), "{at:?}");
    }
    assert_eq!(edge, Edge::of(70_000, &tiles.into_iter().collect()).unwrap());
    let (_, tiles) = grown(256, 256);
    let widths: Vec<_> = tiles.iter().map(|(at, hashes)| (at.level, at.index, hashes.len())).collect();
    assert_eq!(widths, [(0, 0, 256), (1, 0, 1)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the sizes and steps: roots, proofs and edges are those of another implementation.
    #[test]
    fn proofs_hold_elsewhere(size in 1_u64..3_000, old in 0.0..1.0_f64, index in 0.0..1.0_f64, step in 1_usize..700) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of a small number")]
        let part = |share: f64| (share * size as f64) as u64;
        let (edge, all) = grown(size, step);
        let tiles: Tiles = all.clone().into_iter().collect();
        let theirs = reference(size);
        prop_assert!(is_same(&edge.root(), &theirs));
        prop_assert_eq!(Wanted::root(size).hashes(&tiles).unwrap(), vec![edge.root()]);
        let root = root_of(&edge.root(), size);

        let index = part(index).min(size - 1);
        let way = Wanted::inclusion(index, size).unwrap();
        prop_assert!(way.tiles().iter().all(|at| all.contains_key(at)));
        let way: Vec<_> = way.hashes(&tiles).unwrap().iter().map(|hash| (*hash.as_bytes()).into()).collect();
        let proof = InclusionProof::<Sha256>::from_digests(way.iter());
        prop_assert!(root.verify_inclusion(&index.to_be_bytes(), index, &proof).is_ok());
        prop_assert!(root.verify_inclusion(&(index + 1).to_be_bytes(), index, &proof).is_err());

        let old = part(old).clamp(1, size);
        let then = Edge::of(old, &tiles).unwrap().root();
        prop_assert!(is_same(&then, &reference(old)));
        let way = Wanted::consistency(old, size).unwrap().hashes(&tiles).unwrap();
        let way: Vec<_> = way.iter().map(|hash| (*hash.as_bytes()).into()).collect();
        let proof = ConsistencyProof::<Sha256>::from_digests(way.iter());
        prop_assert!(root.verify_consistency(&root_of(&then, old), &proof).is_ok());
        if old < size {
            prop_assert!(root.verify_consistency(&root_of(&edge.root(), old), &proof).is_err());
        }
        prop_assert!(Wanted::inclusion(size, size).is_none() && Wanted::consistency(size + 1, size).is_none());
    }
}
