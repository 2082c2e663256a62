/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_CARRIER_H
#define TPM_CARRIER_H

/*
 * What carries a command to the TPM and its answer back.  For tpm/ and its
 * tests, which put a carrier of theirs between: one that fails, records,
 * tampers.
 *
 *	this process		porter			bearer
 *	ESYS, tcti.c	    forks bearers,	holds the TCTI; its timer
 *	carrier.c	    one at a time	kills it when a command
 *	    |			|		takes too long
 *	    +-------- one SOCK_SEQPACKET pair --------+
 *
 * A TCTI waits for ever where the TPM is stopped: in connect, on the control
 * channel, in write, in read.  So it is used where it can be killed, in a
 * process that holds no secret (what passes is encrypted by sessions) and next
 * to no privilege (tpm/confine.h), and whoever waits here waits with a deadline
 * on one socket.  A new TCTI means a new bearer; it needs nothing from this
 * process.
 *
 * System calls of tpm/ once the SRK is pinned and one operation was done, a
 * lost connection included: sendto, recvfrom, poll; clock_nanosleep where the
 * TPM puts a command off; getrandom and getpid for OpenSSL; those of malloc.
 * For tpm_drop also shutdown, wait4 and close.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "tpm/life.h"

#define CARRIER_MAX 4096

/* Waits until fd (-1: none) can be read; BUSY when the time is up first,
 * another error when nobody wants to know any more. */
struct waiter {
	enum err	(*wait)(void *self, int fd, uint64_t until_ms);
	void		*self;
};

struct exchange {
	struct span	 command;
	uint8_t		*response;	/* CARRIER_MAX bytes of room */
	size_t		 len;		/* of the response */
	unsigned	 limit_ms;
	struct waiter	 waiter;	/* empty: poll() */
	uint32_t	 rc;		/* on failure, the TCTI's TSS2_RC */
	const char	*why;		/* on failure, or NULL; static */
	enum tpm_trouble trouble;	/* on failure */
};

/* Empty when exchange is NULL. */
struct carrier {
	/* HARDWARE without a whole response; logs nothing. */
	enum err	(*exchange)(void *self, struct exchange *x);
	void		(*close)(void *self);
	void		*self;
};

/* The clock of until_ms. */
uint64_t carrier_now_ms(void);

/* Fork the porter for a TCTI string; nothing is sent yet. */
enum err carrier_open(const char *tcti, struct carrier *out);

/* Made for OWNED. */
static inline void
carrier_drop(struct carrier *c)
{
	if (c->exchange != NULL)
		c->close(c->self);
	*c = (struct carrier){ 0 };
}

/* A packet, either way: a head, then the bytes for or from the TPM. */
struct parcel {
	uint32_t	number;		/* the answer has the request's */
	uint32_t	code;		/* to: limit in ms; back: TSS2_RC */
	uint8_t		at[CARRIER_MAX];
};

#define PARCEL_HEAD offsetof(struct parcel, at)

/* The porter's life, in the child. */
_Noreturn void porter_live(int sock, const char *tcti);

#endif
