// The non-template part of Beast, compiled once (BOOST_BEAST_SEPARATE_COMPILATION). Asio's own is
// in asio_source.cpp, which other rooms link too.
#include <boost/beast/src.hpp>
