#!/bin/sh
# Installs the Debian packages that the tests need, if they are not there, and says which.
set -eu

PATH="$PATH:/usr/sbin:/sbin"
missing=
for pair in postfix:postfix smtp-sink:postfix; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || case " $missing " in *" ${pair#*:} "*) ;; *) missing="$missing ${pair#*:}" ;; esac
done
missing="${missing# }"
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "The tests need Debian packages that may not be installed from here; please run: sudo apt-get install $missing" >&2
    exit 1
  fi
  as_root="sudo -n"
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "The tests need what Debian calls $missing; please install it with your system's own package manager" >&2
  exit 1
fi

echo "Installing the Debian packages that the tests need: $missing"
# Postfix asks how it is to be set up, and would start; the tests run one of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
  trap '$as_root rm -f "$policy"' EXIT
fi
echo "postfix postfix/main_mailer_type select No configuration" | $as_root debconf-set-selections
quiet_apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet --yes "$@" >/dev/null
}
if ! { quiet_apt update && quiet_apt install --no-install-recommends $missing; }; then
  echo "The Debian packages $missing could not be installed; please run: sudo apt-get install $missing" >&2
  exit 1
fi
