/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROVISIONING_ADMIT_H
#define PROVISIONING_ADMIT_H

/*
 * The appliance's half of a domain's enrolment (attest/enrol.h): who asks is
 * looked at, challenged, and recorded once that was answered.
 *
 * What is awaited between the challenge and the proof stands in the sealed
 * log, as the metadata of the entry provision.vm.challenge: the latest of a
 * domain counts, for a day, until the domain is enrolled.
 *
 * Knows the state.  Does not know the domain's TPM.
 */

#include "attest/admission.h"
#include "provisioning/mint.h"

/* Read a request of the domain of the options, and have its certificate
 * judged by a child: before the state is opened. */
enum err admit_look(const struct mint_options *o, struct span request,
    struct enrol_request *out);

/* Draw a challenge, and what is then awaited. */
enum err admit_challenge(const struct mint_options *o,
    const struct enrol_request *r, struct enrol_challenge *c,
    struct admission *out);

/* Keep it, in an entry that is committed. */
enum err admit_await(struct mint *m, const struct admission *a);

/* What is awaited of the domain of the options.  STATE: nothing is, any
 * more. */
enum err admit_awaited(struct mint *m, struct admission *out);

/* The same TPM again is nothing new (*there); another is not for a ceremony,
 * nor is another domain's: STATE. */
enum err admit_compare(const struct mint *m, const struct admission *a,
    bool *there);

enum err admit_record(struct mint *m, const struct admission *a);

#endif
