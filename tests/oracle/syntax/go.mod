module unpark.test/oracle/syntax

go 1.26
