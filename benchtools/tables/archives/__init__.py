"""From the bytes of official archives to blocks of columns: pickles, tfrecords, and what their records hold."""
