using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.LinearMap;

/// <summary>Where the tables lie that the steps of a plan need besides those that they make: roots, the fixmap, identity maps.</summary>
/// <typeparam name="TMemory">How physical memory is reached.</typeparam>
/// <typeparam name="TIdentity">How code runs from the identity map.</typeparam>
internal struct PlanTables<TMemory, TIdentity>
    where TMemory : struct, IPhysicalMemory
    where TIdentity : struct, IIdentityCode
{
    private TableTree<TMemory> _tree;

    /// <summary>Tables of one shape and format, which are always reachable: part of the image.</summary>
    /// <param name="tree">How they are reached.</param>
    /// <param name="identity">How code runs from the identity map.</param>
    public PlanTables(TableTree<TMemory> tree, TIdentity identity)
    {
        this = default;
        _tree = tree;
        Identity = identity;
    }

    /// <summary>How code runs from the identity map.</summary>
    public TIdentity Identity { get; }

    /// <summary>The root that is built.</summary>
    public PhysicalAddress Root { get; set; }

    /// <summary>The root that is in use meanwhile: it has the fixmap.</summary>
    public PhysicalAddress LiveRoot { get; set; }

    /// <summary>The root of the identity map that a plan makes, if it makes one.</summary>
    public PhysicalAddress IdentityRoot { get; set; }

    /// <summary>The root of the identity map over which roots are switched.</summary>
    public PhysicalAddress SwitchRoot { get; set; }

    /// <summary>Whether that map needs another TCR_EL1.T0SZ than the kernel's lower half.</summary>
    public bool SwitchResizesLowerHalf { get; set; }

    /// <summary>The root of the temporary map through which tables are reached, if they are: <see cref="TemporaryMap"/>.</summary>
    public PhysicalAddress TemporaryRoot { get; set; }

    /// <summary>The address of a slot of the fixmap.</summary>
    public VirtualAddress Slots { get; set; }

    /// <summary>The tree of tables.</summary>
    internal readonly TableTree<TMemory> Tree => _tree;

    /// <summary>A window on a root that is always reachable.</summary>
    internal Cpu.TableWindow Window(PhysicalAddress root) => _tree.Root(root);
}
