/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_ASK_H
#define CTL_ASK_H

/*
 * One question to cryptod, over its Unix socket or a vchan.  Whatever is
 * wrong is one line, with the reason that cryptod gave if it gave one.
 *
 * Knows link/ and xen/.  Does not know what the answer means.
 */

#include "ctl/ctl.h"
#include "link/call.h"

/* Connect to where the arguments say; call_close() it. */
enum ends ask_open(const struct args *a, struct call *c);

/* The same in silence, for who goes on trying. */
enum err ask_connect(const struct args *a, struct call *c);

/* Ask with a request of this type, which has nothing but its request_id.  The
 * answer's spans live as long as c. */
enum ends ask(struct call *c, const struct args *a, enum msg_type type,
    enum msg_type want, struct msg *answer);

/* Ask for evidence over a nonce of its own. */
enum ends ask_evidence(struct call *c, const struct args *a,
    struct wire_nonce *nonce, struct msg *answer);

/* Ask with this request, which gets an id, a nonce and the time. */
enum ends ask_admin(struct call *c, const struct args *a,
    struct msg *request, struct msg *answer);

#endif
