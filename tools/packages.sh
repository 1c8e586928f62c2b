# SPDX-License-Identifier: Apache-2.0
#
# What ./check and ./demo need from Debian 12; sourced by both and by tests/bench/run.

build_packages=(
	build-essential clang clang-format debhelper fakeroot gettext git libblkid-dev
	libclang-rt-14-dev libcryptsetup-dev libjansson-dev liboath-dev libpam0g-dev libqrencode-dev libseccomp-dev
	libsodium-dev libudev-dev libxml2-dev libzstd-dev meson nettle-dev ninja-build pkg-config python3 scdoc zlib1g-dev
)
test_packages=(
	cryptsetup-bin dosfstools e2fsprogs exfatprogs fdisk genisoimage gir1.2-umockdev-1.0 golang-go
	golang-golang-x-mod-dev libcriterion-dev libtss2-esys-3.0.2-0 libtss2-rc0 libtss2-tcti-swtpm0 libumockdev-dev
	ntfs-3g oathtool openssl python3-gi strace swtpm systemd tpm2-tools udftools umockdev zstd
)
vm_packages=(
	cpio dosfstools e2fsprogs kmod mmdebstrap mtools openssh-client qemu-system-x86 qemu-utils swtpm tesseract-ocr
	tesseract-ocr-eng tesseract-ocr-jpn
)

# USBGuard, for `tests/bench/run devices` only: unpacked in its own virtual terminal, never on this machine.
peer_packages=(
	libffi8 libglib2.0-0 libpcap0.8 libpolkit-gobject-1-0 libprotobuf32 libqb100 libumockdev0
	libusbguard1 usbguard
)

# Installs those of the named packages that are missing.
install_packages() {
	local missing=() name
	for name in "$@"; do
		dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	echo "installing: ${missing[*]}"
	local root=()
	[ "$(id -u)" = 0 ] || root=(sudo)
	"${root[@]}" apt-get -qq update
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
		--no-install-recommends "${missing[@]}" >/dev/null
}
