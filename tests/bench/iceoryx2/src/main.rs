// iceoryx2 doing what queue_bench does: messages of 64 bytes there and back, and one way, between
// two processes on two processors that spin, as multiples of a bare cache line's round trip.
//   iceoryx2_bench [seconds]

use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::Instant;

type Message = [u64; 8];
const LINE_TURNS: u64 = 300;
const TURNS: u64 = 200;
const MESSAGES: u64 = 5000;
const LINE: u64 = 0;
const TRIP: u64 = 1;
const WAY: u64 = 2;

#[repr(C, align(128))]
struct Word(AtomicU64);

/// What the two processes share beside iceoryx2.
#[repr(C)]
struct Shared {
    call: Word,
    done: Word,
    line: Word,
}

fn shared() -> &'static Shared {
    unsafe {
        let memory = libc::mmap(
            std::ptr::null_mut(),
            std::mem::size_of::<Shared>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        assert!(memory != libc::MAP_FAILED);
        &*(memory as *const Shared)
    }
}

fn pin(cpu: usize) {
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        libc::sched_setaffinity(0, std::mem::size_of_val(&set), &set);
    }
}

struct Ends {
    out: Publisher<ipc::Service, Message, ()>,
    inward: Subscriber<ipc::Service, Message, ()>,
}

impl Ends {
    fn new(node: &Node<ipc::Service>, out: &str, inward: &str) -> Self {
        // Nothing is lost: a full queue blocks, as this project's gated ring does.
        let service = |name: &str| {
            node.service_builder(&name.try_into().unwrap())
                .publish_subscribe::<Message>()
                .enable_safe_overflow(false)
                .subscriber_max_buffer_size(1024)
                .open_or_create()
                .unwrap()
        };
        Ends {
            out: service(out)
                .publisher_builder()
                .unable_to_deliver_strategy(UnableToDeliverStrategy::Block)
                .create()
                .unwrap(),
            inward: service(inward).subscriber_builder().buffer_size(1024).create().unwrap(),
        }
    }
    fn put(&self, n: u64) {
        self.out.loan_uninit().unwrap().write_payload([n; 8]).send().unwrap();
    }
    fn take(&self) -> u64 {
        loop {
            if let Some(sample) = self.inward.receive().unwrap() {
                return sample.payload()[7];
            }
        }
    }
}

fn serve(words: &Shared, ends: &Ends) -> ! {
    words.done.0.store(u64::MAX, Release); // ready
    let mut served = 0;
    loop {
        let call = words.call.0.load(Acquire);
        if call >> 8 != served + 1 {
            continue;
        }
        match call & 0xff {
            LINE => {
                for i in 1..=LINE_TURNS {
                    while words.line.0.load(Acquire) != 2 * i - 1 {}
                    words.line.0.store(2 * i, Release);
                }
            }
            TRIP => (0..TURNS).for_each(|_| ends.put(ends.take())),
            _ => (0..MESSAGES).for_each(|i| assert_eq!(ends.take(), i)),
        }
        served += 1;
        words.done.0.store(served, Release);
    }
}

struct Driver<'a> {
    words: &'a Shared,
    ends: Ends,
    calls: u64,
}

impl Driver<'_> {
    fn together(&mut self, work: u64, body: impl Fn(&Self)) -> f64 {
        self.calls += 1;
        self.words.call.0.store(self.calls << 8 | work, Release);
        let begin = Instant::now();
        body(self);
        while self.words.done.0.load(Acquire) != self.calls {}
        begin.elapsed().as_nanos() as f64
    }
    fn line(&mut self) -> f64 {
        self.words.line.0.store(0, SeqCst);
        let turns = |d: &Self| {
            for i in 1..=LINE_TURNS {
                d.words.line.0.store(2 * i - 1, Release);
                while d.words.line.0.load(Acquire) != 2 * i {}
            }
        };
        self.together(LINE, turns) / LINE_TURNS as f64
    }
    fn trip(&mut self) -> f64 {
        let turns = |d: &Self| {
            for i in 0..TURNS {
                d.ends.put(i);
                assert_eq!(d.ends.take(), i);
            }
        };
        self.together(TRIP, turns) / TURNS as f64
    }
    fn way(&mut self) -> f64 {
        self.together(WAY, |d| (0..MESSAGES).for_each(|i| d.ends.put(i))) / MESSAGES as f64
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn main() {
    let seconds: f64 = std::env::args().nth(1).map_or(4.0, |text| text.parse().unwrap());
    set_log_level(LogLevel::Error);
    let words = shared();
    let names = [0, 1].map(|i| format!("iceoryx2-bench-{}-{i}", std::process::id()));
    let peer = unsafe { libc::fork() };
    if peer == 0 {
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        pin(1);
        // Two processes that make one service at a time may fail both.
        while words.line.0.load(Acquire) == 0 {}
        let node = NodeBuilder::new().create::<ipc::Service>().unwrap();
        serve(words, &Ends::new(&node, &names[1], &names[0]));
    }
    pin(0);
    let node = NodeBuilder::new().create::<ipc::Service>().unwrap();
    let ends = Ends::new(&node, &names[0], &names[1]);
    words.line.0.store(1, Release);
    while words.done.0.load(Acquire) == 0 {}
    let mut driver = Driver { words, ends, calls: 0 };
    let (mut floor, mut trips, mut ways) = (vec![], vec![], vec![]);
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < seconds {
        let before = driver.line();
        let trip = driver.trip();
        let way = driver.way();
        let after = driver.line();
        // The processors were moved meanwhile.
        if before > 1.1 * after || after > 1.1 * before {
            continue;
        }
        floor.push(before);
        trips.push(trip / before);
        ways.push(way / before);
    }
    unsafe {
        libc::kill(peer, libc::SIGKILL);
        libc::waitpid(peer, std::ptr::null_mut(), 0);
    }
    println!(
        "64 bytes, in round trips of a bare line ({:.0} ns, {} rounds)",
        median(&mut floor),
        floor.len()
    );
    println!(
        "  {:<20} there and back {:7.2}; one way {:8.4}",
        "iceoryx2",
        median(&mut trips),
        median(&mut ways)
    );
}
