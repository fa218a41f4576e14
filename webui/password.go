package webui

import (
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"vestnik/gateway"
)

// MinPassword is the least length of a password in characters.
const MinPassword = 10

// passwordCost is argon2id with 19 MiB and two passes: the OWASP password storage
// sheet's least setting, some 40 ms on a desktop core.
func passwordCost() *argon2id.Params {
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// hashPassword refuses a password that is short or the user's own name.
func (s *Server) hashPassword(name, password string) (string, gateway.Problem, error) {
	if utf8.RuneCountInString(password) < MinPassword || strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(password)) {
		return "", gateway.ProblemWeak, nil
	}
	if len(password) > 1000 {
		return "", gateway.ProblemTooLong, nil
	}
	s.hashing <- struct{}{}
	defer func() { <-s.hashing }()
	hash, err := argon2id.CreateHash(password, passwordCost())
	return hash, "", err
}

// wrongHash is compared against when there is no such user, so that the answer takes
// as long as for a wrong password.
const wrongHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func (s *Server) passwordFits(password, hash string) bool {
	if hash == "" {
		hash = wrongHash
	}
	if len(password) > 1000 {
		return false
	}
	s.hashing <- struct{}{}
	defer func() { <-s.hashing }()
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	return ok && err == nil
}
