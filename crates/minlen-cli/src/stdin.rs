//! Standard input that an interruption can end: a read from a silent terminal or pipe would
//! otherwise last for ever, and leave the temporary file behind.

use crate::ui::Global;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

const CHUNK: usize = 1 << 16;

/// Standard input, read on a thread of its own.
pub struct Stdin {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    stop: Arc<AtomicBool>,
}

impl Stdin {
    /// Begins to read.
    pub fn new(global: &Global) -> Stdin {
        let (send, chunks) = sync_channel(4);
        std::thread::spawn(move || {
            let mut input = io::stdin().lock();
            loop {
                let mut chunk = vec![0; CHUNK];
                let got = match input.read(&mut chunk) {
                    Ok(0) => break,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    got => got,
                };
                let failed = got.is_err();
                let sent = send.send(got.map(|n| {
                    chunk.truncate(n);
                    chunk
                }));
                if failed || sent.is_err() {
                    break;
                }
            }
        });
        Stdin {
            chunks,
            chunk: Vec::new(),
            at: 0,
            stop: global.stop_flag(),
        }
    }
}

impl Read for Stdin {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            match self.chunks.recv_timeout(Duration::from_millis(100)) {
                Ok(chunk) => (self.chunk, self.at) = (chunk?, 0),
                // Also at the end: what feeds this pipe may have been interrupted, too.
                Err(_) if self.stop.load(Ordering::Relaxed) => {
                    return Err(io::Error::other("interrupted"));
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let n = out.len().min(self.chunk.len() - self.at);
        out[..n].copy_from_slice(&self.chunk[self.at..][..n]);
        self.at += n;
        Ok(n)
    }
}
