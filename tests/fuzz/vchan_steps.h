/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_VCHAN_STEPS_H
#define TESTS_FUZZ_VCHAN_STEPS_H

/*
 * An input of fuzz_vchan: a byte whose lowest bit says which end is ours (0:
 * the server) and whose others the order of the rings, then steps of five
 * bytes: what the peer or the mock does, or what we do, and a number.
 */
enum step {
	STEP_OUR_PROD, STEP_OUR_CONS,		/* indices of our reading */
	STEP_THEIR_PROD, STEP_THEIR_CONS,	/* and of our sending */
	STEP_ORDERS, STEP_LIVE, STEP_BITS,	/* the rest of the page */
	STEP_WRITE,				/* honestly, so many bytes */
	STEP_READ,
	STEP_MOST, STEP_EVENTS, STEP_SAY_READY, STEP_SAY_SPACE, STEP_SAY_READ,
	STEP_SAY_WRITE, STEP_SAY_OPEN, STEP_SAY_WAIT, STEP_NO_FD,
	STEP_TRUTH,
	STEP_WE_RECEIVE, STEP_WE_SEND, STEP_WE_LOOK,
	STEPS
};

#define STEP_BYTES 5

#endif
