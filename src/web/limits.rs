//! How often one source may ask. Counted in memory, by address; nothing of it is kept.

use super::{Error, error};
use crate::app::App;
use crate::config::Limits;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;

/// The counters of one service.
#[derive(Debug)]
pub struct Gauges {
    public: DefaultKeyedRateLimiter<IpAddr>,
    sign_in: DefaultKeyedRateLimiter<IpAddr>,
    forms: DefaultKeyedRateLimiter<IpAddr>,
}

impl Gauges {
    /// Counters for `limits`.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let at_least_one = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            public: RateLimiter::keyed(Quota::per_second(at_least_one(limits.public_per_second))),
            sign_in: RateLimiter::keyed(Quota::per_minute(at_least_one(limits.sign_in_per_minute))),
            forms: RateLimiter::keyed(Quota::per_hour(at_least_one(limits.forms_per_hour))),
        }
    }

    /// Forgets sources that have not asked for a while, so that memory stays bounded.
    pub fn forget_the_quiet(&self) {
        for gauge in [&self.public, &self.sign_in, &self.forms] {
            gauge.retain_recent();
            gauge.shrink_to_fit();
        }
    }
}

/// The address that a request came from: the peer, or what a trusted proxy says of it. An IPv6 source counts by its /64.
#[must_use]
pub fn source(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::from([127, 0, 0, 1]), |address| address.ip());
    let trusted = |ip: &IpAddr| {
        request.app_data::<Data<App>>().is_some_and(|app| app.config.trusted_proxies.contains(ip))
    };
    let mut source = peer;
    if trusted(&peer) {
        let forwarded = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
        // From the right: the first address that no trusted proxy vouches for is the source; what stands left of it may be made up.
        for hop in
            forwarded.unwrap_or_default().rsplit(',').map_while(|hop| hop.trim().parse::<IpAddr>().ok())
        {
            source = hop;
            if !trusted(&hop) {
                break;
            }
        }
    }
    match source {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn check(gauge: &DefaultKeyedRateLimiter<IpAddr>, request: &HttpRequest) -> Result<(), Error> {
    gauge.check_key(&source(request)).map_err(|full| {
        let wait = full.wait_time_from(DefaultClock::default().now());
        Error::too_many("too_many_requests", wait.as_secs() + 1)
    })
}

async fn limited(
    pick: fn(&Gauges) -> &DefaultKeyedRateLimiter<IpAddr>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let verdict = match request.app_data::<Data<Gauges>>() {
        Some(gauges) => check(pick(gauges), request.request()),
        None => Ok(()),
    };
    match verdict {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(refusal) => {
            let response: HttpResponse = error::render(request.request(), &refusal);
            Ok(request.into_response(response))
        }
    }
}

/// Middleware for what the public reads.
///
/// # Errors
/// Those of the inner service.
pub async fn public(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    limited(|gauges| &gauges.public, request, next).await
}

/// Middleware for what takes a password or a one-time code. Only requests that send one count, not those that open the form.
///
/// # Errors
/// Those of the inner service.
pub async fn sign_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if request.method().is_safe() {
        public(request, next).await
    } else {
        limited(|gauges| &gauges.sign_in, request, next).await
    }
}

/// Middleware for forms that anybody may send. Only requests that send one count.
///
/// # Errors
/// Those of the inner service.
pub async fn forms(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if request.method().is_safe() {
        public(request, next).await
    } else {
        limited(|gauges| &gauges.forms, request, next).await
    }
}
