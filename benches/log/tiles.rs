//! Tiles and entries over HTTP, against files of the same bytes read from the disk behind the same server.

use super::load::{self, request};
use super::ratio::{Size, alternate, heading, line};
use super::{Place, registry};
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, Path as InPath, ServiceConfig, get, resource};
use actix_web::{HttpResponse, Responder};
use anyhow::{Context, Result, anyhow, ensure};
use nguongoc::log::store::tree;
use nguongoc::web::limits;
use nguongoc::web::server::{Service, block_on};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;

/// Connections kept open by the client.
const CONNECTIONS: usize = 16;
/// How many different tiles are asked for: few, which the service keeps in memory, and as many as there are up to these, of which it keeps
/// a part, and all as files once they were asked for.
const TILES: [(u64, &str); 2] = [(200, "of 200"), (8_192, "of all, up to 8,192")];

const PEER: &str = "a file of the same bytes, same server";

/// Where the files of the peer lie.
struct Files(PathBuf);

/// `/bench/file/N`: a file, as it lies on the disk.
async fn file(files: Data<Files>, name: InPath<String>) -> impl Responder {
    match fs::read(files.0.join(name.as_str())) {
        Ok(bytes) => HttpResponse::Ok()
            .content_type("application/octet-stream")
            .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .body(bytes),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

pub(crate) fn measure(place: &Place, size: Size, secrets: &[String]) -> Result<()> {
    let files = place.folder.join("files");
    fs::create_dir_all(&files)?;
    let (tell, told) = mpsc::channel();
    let server = thread::spawn({
        let (url, folder, files) = (place.url.clone(), place.folder.clone(), files.clone());
        let secrets = secrets.to_vec();
        move || {
            block_on(async move {
                let app = Arc::new(registry::open(&url, &folder, &secrets).await?);
                let head = app.store.glance(async |tx| tree::head(tx).await).await?;
                let service = Service::bind(Arc::clone(&app))?;
                let address = service.address()?;
                let files = Data::new(Files(files));
                let peer = move |site: &mut ServiceConfig| {
                    site.app_data(files.clone()).service(
                        resource("/bench/file/{name}").wrap(from_fn(limits::public)).route(get().to(file)),
                    );
                };
                let (server, handle) = service.start_with(peer)?;
                tell.send((address, handle, head.published))?;
                server.await?;
                app.store.close().await;
                Ok::<_, anyhow::Error>(())
            })
        }
    });
    let Ok((address, handle, published)) = told.recv() else {
        let ended = server.join().map_err(|_| anyhow!("the server panicked"))?;
        return ended.and(Err(anyhow!("the server did not start")));
    };
    heading(&format!(
        "Tiles of a log of {published} entries on {}, one worker, {CONNECTIONS} connections",
        place.database
    ));
    let whole = published / 256;
    ensure!(whole > 0, "too few entries for a tile");
    let kinds = [("0", "a tile of 256 hashes"), ("entries", "256 entries")];
    for ((kind, figure), (most, of)) in kinds.into_iter().flat_map(|kind| TILES.map(|most| (kind, most))) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for number in 0..most.min(size.pick(most, 16)).min(whole) {
            // Spread over the whole log, in an order without a pattern.
            let index = number * 104_729 % whole;
            let path = format!("/log/tile/{kind}/{}", place_of(index));
            let answer = load::once(address, &request(&path, "*/*", "identity"))?;
            let name = format!("{kind}-{index}");
            fs::write(files.join(&name), &answer.body)?;
            let file = request(&format!("/bench/file/{name}"), "*/*", "identity");
            let same = load::once(address, &file)?;
            ensure!(same.body == answer.body && !same.body.is_empty(), "the file is another one");
            ours.push(request(&path, "*/*", "identity"));
            theirs.push(file);
        }
        let (ours, theirs) = (Arc::new(ours), Arc::new(theirs));
        let count = size.pick(10_000, 16);
        let pairs = alternate(
            size.pick(9, 1),
            || Ok(load::turn(address, &ours, count, CONNECTIONS)?.rate),
            || Ok(load::turn(address, &theirs, count, CONNECTIONS)?.rate),
        )?;
        line(&format!("{figure}, {of}"), PEER, pairs, Some(0.7));
        if (kind, of) == ("entries", TILES[1].1) {
            let copies = place.folder.join("log/tiles/entries");
            let pairs = alternate(
                size.pick(3, 1),
                || {
                    if copies.exists() {
                        fs::remove_dir_all(&copies)?;
                    }
                    Ok(load::turn(address, &ours, ours.len(), CONNECTIONS)?.rate)
                },
                || Ok(load::turn(address, &theirs, theirs.len(), CONNECTIONS)?.rate),
            )?;
            line(&format!("{figure}, {of}, each for the first time"), PEER, pairs, None);
        }
    }
    drop(handle.stop(false));
    server.join().map_err(|_| anyhow!("the server panicked"))?.context("the server")
}

/// A number as elements of a path of three digits (C2SP `tlog-tiles`).
pub(crate) fn place_of(mut index: u64) -> String {
    let mut path = format!("{:03}", index % 1_000);
    while index >= 1_000 {
        index /= 1_000;
        path = format!("x{:03}/{path}", index % 1_000);
    }
    path
}
