package dev.kedge.plan;

import dev.kedge.spec.TableName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the server said of the tables a spec names, before and after a rehearsal of {@code expand}
 * on empty clones. Pure data: the planner decides on it without a connection.
 *
 * @param serverVersion {@code server_version_num}
 * @param systemIdentifier of the cluster
 * @param inRecovery whether the server is a standby
 * @param role the role that asked
 * @param tableNames names of all tables and views the role may see, for suggestions; may be cut
 *     short
 * @param hash {@code sha256:} over the structure of the tables that exist before expand
 * @param before tables of the spec that exist now, ordered by name
 * @param after the same after the rehearsed expand, new tables included
 * @param expand what each expand statement did to the clones, in order
 * @param contract what each contract statement did to the clones, in order
 * @param expressions the server's verdict on each expression, in the order of the spec
 * @param publications publications that carry a table of the spec or would carry ours
 * @param owners unfinished migrations that own a table of the spec already
 */
public record Catalog(
    int serverVersion,
    String systemIdentifier,
    boolean inRecovery,
    String role,
    List<TableName> tableNames,
    String hash,
    List<Table> before,
    List<Table> after,
    List<Rehearsal> expand,
    List<Rehearsal> contract,
    List<ExpressionVerdict> expressions,
    List<Publication> publications,
    List<Owner> owners) {

  public Catalog {
    tableNames = List.copyOf(tableNames);
    before = List.copyOf(before);
    after = List.copyOf(after);
    expand = List.copyOf(expand);
    contract = List.copyOf(contract);
    expressions = List.copyOf(expressions);
    publications = List.copyOf(publications);
    owners = List.copyOf(owners);
  }

  /** The table of that name in {@code tables}. */
  public static Optional<Table> find(List<Table> tables, TableName name) {
    return tables.stream().filter(table -> table.name().equals(name)).findFirst();
  }

  /**
   * One table.
   *
   * @param kind {@code pg_class.relkind}: r table, p partitioned, v view, f foreign …
   * @param partition whether it is a partition or has inheritance children
   * @param columns in attribute order
   * @param uniqueIndexes every unique index, primary key first
   * @param triggers the users' own triggers, name and what fires them
   * @param referencedBy foreign keys of other tables that point here
   * @param foreignKeys foreign keys of this table
   * @param rowSecurity whether row security would filter the asking role
   * @param estimatedRows {@code reltuples}; -1 when unknown
   * @param hasRows whether one row was seen
   * @param missingRights rights the asking role lacks, as GRANT spells them; empty when none
   * @param reactions what it does when its rows are written
   * @param partitioning how it is partitioned; null when it is not
   */
  public record Table(
      TableName name,
      String kind,
      boolean partition,
      List<Column> columns,
      List<UniqueIndex> uniqueIndexes,
      List<String> triggers,
      List<String> referencedBy,
      List<String> foreignKeys,
      boolean rowSecurity,
      long estimatedRows,
      boolean hasRows,
      List<String> missingRights,
      Reactions reactions,
      @Nullable Partitioning partitioning) {
    public Table {
      columns = List.copyOf(columns);
      uniqueIndexes = List.copyOf(uniqueIndexes);
      triggers = List.copyOf(triggers);
      referencedBy = List.copyOf(referencedBy);
      foreignKeys = List.copyOf(foreignKeys);
      missingRights = List.copyOf(missingRights);
    }

    /** The same with other columns. */
    Table withColumns(List<Column> others) {
      return new Table(
          name,
          kind,
          partition,
          others,
          uniqueIndexes,
          triggers,
          referencedBy,
          foreignKeys,
          rowSecurity,
          estimatedRows,
          hasRows,
          missingRights,
          reactions,
          partitioning);
    }

    /** Whether its rows are in partitions. */
    public boolean isPartitioned() {
      return kind.equals("p");
    }

    /** The column of that name. */
    public Optional<Column> column(String name) {
      return columns.stream().filter(column -> column.name().equals(name)).findFirst();
    }
  }

  /**
   * How a table is partitioned.
   *
   * @param columns the columns that decide where a row goes, of all levels; an empty name stands
   *     for an expression
   * @param foreign partitions that are foreign tables
   * @param otherCollation whether some level orders a column otherwise than the column itself
   */
  public record Partitioning(List<String> columns, List<String> foreign, boolean otherCollation) {
    public Partitioning {
      columns = List.copyOf(columns);
      foreign = List.copyOf(foreign);
    }
  }

  /**
   * One column.
   *
   * @param type {@code format_type} with modifier
   * @param castType the type an expression is cast to before it is stored, see {@link
   *     ProjectedColumn#type}
   * @param generated {@code pg_attribute.attgenerated}: empty, s or v
   * @param identity {@code pg_attribute.attidentity}: empty, a or d
   * @param comparison how two values compare; null for a type without a canonical form
   * @param sequence the sequence its default or identity draws from, with its schema; null when
   *     there is none that the catalog knows of
   */
  public record Column(
      String name,
      String type,
      String castType,
      boolean notNull,
      boolean hasDefault,
      String generated,
      String identity,
      @Nullable Comparison comparison,
      @Nullable String sequence) {}

  /** How two values of a column are compared by value; {@code docs/reconciliation.md} says why. */
  public enum Comparison {
    /** {@code IS DISTINCT FROM} on the values themselves. */
    PLAIN("by value"),
    /** Byte by byte: text types whatever their collation. */
    BYTES("byte by byte"),
    /** On the text form: types whose equality forgets something, like interval. */
    TEXT("by its text"),
    /**
     * As the value is stored: types without a canonical form, for whoever writes them. Evidence on
     * them needs a {@link ProjectedColumn#compare}.
     */
    IMAGE("as it is stored");

    private final String words;

    Comparison(String words) {
      this.words = words;
    }

    /** As people are told. */
    public String words() {
      return words;
    }
  }

  /**
   * One unique index.
   *
   * @param columns the key's columns in order; an empty name stands for an expression
   * @param usable whether it can be a cursor: valid, not partial, immediate, b-tree, each one NOT
   *     NULL, all ascending or all descending, compared as the column itself is
   * @param why what makes it unusable, as in "it is partial"; null when usable
   * @param partial whether it has a predicate, so that columns it does not list decide too
   */
  public record UniqueIndex(
      String name,
      List<String> columns,
      boolean primary,
      boolean usable,
      @Nullable String why,
      boolean partial) {
    public UniqueIndex {
      columns = List.copyOf(columns);
    }

    /** Whether a change of {@code column} alone may make two rows collide, or no longer. */
    public boolean dependsOn(String column) {
      return partial || columns.contains("") || columns.contains(column);
    }
  }

  /**
   * What a statement did to the clones.
   *
   * @param error the server's words when it refused, without row data; null when it worked
   * @param undo statements that take back what it added; empty when it added nothing or changed or
   *     removed something besides
   * @param reversible whether {@code undo} takes back all it did
   * @param destroys what it dropped
   * @param locks locks its kind takes on the tables it names, {@code relation MODE} each
   */
  public record Rehearsal(
      String statement,
      @Nullable String error,
      List<String> undo,
      boolean reversible,
      List<Step.Destroyed> destroys,
      List<String> locks) {
    public Rehearsal {
      undo = List.copyOf(undo);
      destroys = List.copyOf(destroys);
      locks = List.copyOf(locks);
    }
  }

  /**
   * The server's verdict on one expression of a move.
   *
   * @param move the move's number, from 1
   * @param part {@code columns}, {@code where}, {@code reverse}, {@code owns}, {@code compare},
   *     {@code compareBack} or {@code deepCheck.where}
   * @param column the column it fills or compares; null for {@code where} and {@code owns}
   * @param error why the server refused it; null when accepted
   * @param reads columns it reads
   * @param comparison how two values of what it comes to compare; null for a type without a
   *     canonical form, and where nobody asked
   */
  public record ExpressionVerdict(
      int move,
      String part,
      @Nullable String column,
      @Nullable String error,
      List<String> reads,
      @Nullable Comparison comparison) {
    public ExpressionVerdict {
      reads = List.copyOf(reads);
    }

    /** A verdict on what is not compared. */
    public ExpressionVerdict(
        int move,
        String part,
        @Nullable String column,
        @Nullable String error,
        List<String> reads) {
      this(move, part, column, error, reads, null);
    }
  }

  /**
   * A publication that matters.
   *
   * @param allTables whether it carries every table, ours included
   * @param tables tables of the spec it carries, new ones it would carry included
   * @param subscribers names of its active subscribers, as far as they can be seen
   */
  public record Publication(
      String name, boolean allTables, List<TableName> tables, List<String> subscribers) {
    public Publication {
      tables = List.copyOf(tables);
      subscribers = List.copyOf(subscribers);
    }
  }

  /** An unfinished migration that owns a table already. */
  public record Owner(TableName table, String migration, String since) {}
}
