/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_ACTIVATE_H
#define TESTS_ACTIVATE_H

/*
 * TPM2_ActivateCredential in software, for keys whose private half is there:
 * what a TPM would do with what attest/credential.h makes.  RSA, curves and
 * AES are OpenSSL's, so that the tests hold one library against the other.
 *
 * Knows base, crypto and OpenSSL.  Test code: no program that is installed
 * has it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/object.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/hash.h"

/* OpenSSL's EVP_PKEY. */
struct evp_pkey_st;

/* A key out of PEM, private or public; NULL if it is none. */
struct evp_pkey_st *key_of_pem(const char *pem);
/* A new one: RSA of so many bits, or P-256 with 0. */
struct evp_pkey_st *key_new(unsigned bits);
void	key_drop(struct evp_pkey_st **key);
bool	key_is_rsa(const struct evp_pkey_st *key);

/* The public half as a TPM would tell it, with the attributes of an EK; the
 * modulus lies in room. */
enum err public_of_key(const struct evp_pkey_st *key,
    uint8_t room[static 512], struct attest_public *out);

/* RSA, raw: what the padding is around.  As long as the modulus. */
bool	raw_rsa(struct evp_pkey_st *key, struct span in, uint8_t *out);

/* OAEP taken apart: its salt, and where the message lies in room, which is as
 * long as the modulus.  Correct only if to encrypt that anew gives the same. */
bool	oaep_apart(struct evp_pkey_st *key, enum hash_alg alg,
    struct span in, uint8_t *room, uint8_t salt[static HASH_LEN_MAX],
    struct span *msg);

/* k times the point x, y of a TPM_ECC_CURVE, or times its base with an empty
 * x; as many bytes each as the field has. */
bool	point_times(uint16_t curve, struct span k, struct span x, struct span y,
    uint8_t *out_x, uint8_t *out_y);

/* The secret, and how long it is; AUTH where a TPM would refuse. */
enum err activate(struct evp_pkey_st *ek, struct span name,
    struct span id_object, struct span seed, uint8_t out[static 64],
    size_t *len);

#endif
