// The non-template part of Asio, compiled once for the whole program
// (BOOST_ASIO_SEPARATE_COMPILATION): target sagaloom_asio.
#include <boost/asio/impl/src.hpp>
