#define OPENSSL_API_COMPAT 0x10101000L /* from 3.0 on these are only advised against */

#include "base/message_digest.h"

#include <openssl/md5.h>
#include <openssl/sha.h>

_Static_assert(MD5_BYTES == MD5_DIGEST_LENGTH && SHA1_BYTES == SHA_DIGEST_LENGTH &&
		   SHA256_BYTES == SHA256_DIGEST_LENGTH,
	       "as long as the library writes them");

void md5_of(struct span bytes, uint8_t digest[static MD5_BYTES])
{
	MD5_CTX c;

	MD5_Init(&c);
	MD5_Update(&c, bytes.ptr, bytes.len);
	MD5_Final(digest, &c);
}

void sha1_of(struct span bytes, uint8_t digest[static SHA1_BYTES])
{
	SHA_CTX c;

	SHA1_Init(&c);
	SHA1_Update(&c, bytes.ptr, bytes.len);
	SHA1_Final(digest, &c);
}

void sha256_of(struct span bytes, uint8_t digest[static SHA256_BYTES])
{
	SHA256_CTX c;

	SHA256_Init(&c);
	SHA256_Update(&c, bytes.ptr, bytes.len);
	SHA256_Final(digest, &c);
}
